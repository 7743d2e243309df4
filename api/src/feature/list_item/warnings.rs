//! What an owner is warned of: numbers of persons in texts that anybody reads (个人信息保护法). A warning is no refusal: a hotline is a number, too.

use async_graphql::{Context, Enum, Object};
use entity::list_item::{self, Visibility};

use crate::access::payload::desk;
use crate::feature::party::credit_code::is_identity_card;
use crate::feature::party::phone::is_persons;
use crate::kernel::error::Result;
use crate::kernel::refusal::{Message, message};
use crate::kernel::text::narrow;

/// How many warnings an item has at most: two of each of its texts.
pub const MOST: u64 = 8;

/// What somebody is warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum WarningCode {
    /// A telephone number stands where anybody reads it
    PhoneNumber,
    /// The number of an identity card stands where anybody reads it
    IdentityCardNumber,
}

/// Something to look at again, though it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    code: WarningCode,
    path: [&'static str; 1],
}

/// Something to look at again, though it was done.
#[Object]
impl Warning {
    /// What.
    async fn code(&self) -> WarningCode {
        self.code
    }

    /// What, in the language that `Accept-Language` prefers.
    async fn message(&self, context: &Context<'_>) -> Result<String> {
        let message = self.words();
        Ok(message.text(desk(context)?.caller().language).to_owned())
    }

    /// Where in the input, below `input`: ["description"].
    async fn path(&self) -> &[&'static str] {
        &self.path
    }
}

impl Warning {
    fn words(&self) -> Message {
        match self.code {
            WarningCode::PhoneNumber => message!(
                "anybody reads this telephone number: give it as the contact instead",
                "此处的电话号码会公开显示，请改填到联系人"
            ),
            WarningCode::IdentityCardNumber => message!(
                "anybody reads this number of an identity card: take it out",
                "此处含身份证号码并会公开显示，请删除"
            ),
        }
    }
}

/// What an item's owner is warned of. What is not for everybody is not looked at.
#[must_use]
pub fn warnings(item: &list_item::Model) -> Vec<Warning> {
    if item.visibility != Visibility::Public {
        return Vec::new();
    }
    let texts = [
        ("title", Some(&item.title)),
        ("description", Some(&item.description)),
        ("address", item.address.as_ref()),
        ("frequency", item.frequency.as_ref()),
    ];
    texts.into_iter().flat_map(|(field, text)| text.into_iter().flat_map(move |text| of_text(field, text))).collect()
}

fn of_text(field: &'static str, text: &str) -> Vec<Warning> {
    let mut found = Vec::new();
    for number in numbers(text) {
        let code = if is_identity_card(&number) {
            WarningCode::IdentityCardNumber
        } else if is_persons(&number) {
            WarningCode::PhoneNumber
        } else {
            continue;
        };
        let warning = Warning { code, path: [field] };
        if !found.contains(&warning) {
            found.push(warning);
        }
    }
    found
}

/// The numbers in a text, as they are dialled: narrow, without what stands between their digits.
fn numbers(text: &str) -> Vec<String> {
    let mut numbers = vec![String::new()];
    let mut gap = false;
    for letter in text.chars().map(narrow) {
        let last = numbers.last_mut();
        match letter {
            '0'..='9' | 'X' | 'x' => {
                last.into_iter().for_each(|number| number.push(letter.to_ascii_uppercase()));
                gap = false;
            }
            // One of these stands between the digits of one number; two are a new one.
            '-' | ' ' | '\u{2010}'..='\u{2015}' if !gap => gap = true,
            _ => {
                numbers.push(String::new());
                gap = false;
            }
        }
    }
    numbers.retain(|number| !number.is_empty());
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<WarningCode> {
        of_text("title", text).into_iter().map(|warning| warning.code).collect()
    }

    #[test]
    fn numbers_of_persons_are_found_however_they_are_written() {
        for text in
            ["电话13812345678", "138-1234-5678 王", "１３８ １２３４ ５６７８", "座机0838-2201234", "+86 13812345678"]
        {
            assert_eq!(codes(text), [WarningCode::PhoneNumber], "{text}");
        }
        assert_eq!(
            codes("身份证11010519491231002x，电话13812345678"),
            [WarningCode::IdentityCardNumber, WarningCode::PhoneNumber]
        );
    }

    #[test]
    fn other_numbers_are_not() {
        for text in [
            "2026-10-01 至 2026-10-07",
            "共 12345 元",
            "拨打12345",
            "订单 20261001123456",
            "100000 元",
            "400-800-1234",
            "3栋2单元501",
        ] {
            assert_eq!(codes(text), [], "{text}");
        }
    }
}
