//! Names of organisations, as far as two of them can mean the same one.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::kernel::text::is_unseen;

/// What the form of a company adds to its name.
const FORMS: [&str; 4] = ["有限责任公司", "股份有限公司", "有限公司", "公司"];

/// A name without what spellings of it differ by: width and case of letters, spaces, punctuation, the form of a company. Signs and
/// private characters stay, since a rare name may be written in them alone.
#[must_use]
pub fn essence(name: &str) -> String {
    let counts = |one: &char| !is_unseen(*one) && one.general_category_group() != GeneralCategoryGroup::Punctuation;
    let plain: String = name.nfkc().filter(counts).flat_map(char::to_lowercase).collect();
    let short = FORMS.iter().find_map(|form| plain.strip_suffix(form).filter(|rest| !rest.is_empty()));
    short.map_or_else(|| plain.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_essence() {
        assert_eq!(essence("德阳Ａ电子 有限公司"), essence("德阳a电子有限责任公司"));
        assert_eq!(essence("人民医院（东区）"), essence("人民医院(东区)"));
        assert_ne!(essence("第一小学"), essence("第二小学"));
        assert_eq!(essence("公司"), "公司");
        assert_ne!(essence("☆"), essence("★"));
        assert_ne!(essence("王\u{e000}诊所"), essence("王\u{e001}诊所"));
    }
}
