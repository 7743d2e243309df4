//! What the product is about, a folder or a file each, in the order of the glossary.

pub mod area;
pub mod party;

pub mod check_in;
pub mod member;

pub mod category;
pub mod list_item;

pub mod claim;
pub mod rating;
pub mod redaction;
pub mod same_person;

pub mod attachment;
