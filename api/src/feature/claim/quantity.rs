//! What a claim holds of its item's quantity.

use entity::claim::ClaimStatus;
use entity::list_item::ResourceForm;

use super::machine::is_live;

/// How many of its item a claim holds: a live one what was claimed; a completed one what was delivered,
/// except that a place, a piece of equipment or a person comes back whole; an ended one nothing.
#[must_use]
pub fn held(status: ClaimStatus, form: Option<ResourceForm>, claimed: i32, delivered: Option<i32>) -> i32 {
    match status {
        status if is_live(status) => claimed,
        ClaimStatus::Completed if !comes_back(form) => delivered.unwrap_or(claimed),
        _ => 0,
    }
}

/// Whether what was lent comes back whole once the claim is completed.
#[must_use]
pub const fn comes_back(form: Option<ResourceForm>) -> bool {
    matches!(form, Some(ResourceForm::Venue | ResourceForm::Equipment | ResourceForm::Talent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completed_claim_keeps_what_was_delivered_unless_it_comes_back() {
        assert_eq!(held(ClaimStatus::Delivered, None, 5, Some(3)), 5);
        assert_eq!(held(ClaimStatus::Completed, None, 5, Some(3)), 3);
        assert_eq!(held(ClaimStatus::Completed, Some(ResourceForm::Fund), 5, Some(3)), 3);
        assert_eq!(held(ClaimStatus::Completed, Some(ResourceForm::Venue), 5, Some(3)), 0);
        assert_eq!(held(ClaimStatus::Cancelled, None, 5, None), 0);
    }
}
