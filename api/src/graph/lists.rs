//! Every kind of page that the schema has, so that what is asked of it can be checked before anything runs.

use crate::access::account::Accounts;
use crate::access::audit::AuditEntries;
use crate::feature::area::Areas;
use crate::feature::check_in::CheckIns;
use crate::feature::claim::{ClaimEvents, Claims};
use crate::feature::list_item::{Items, Needs, Resources, Services};
use crate::feature::member::MemberCheckIns;
use crate::feature::party::{Communities, PartiesOfViewer, Units};
use crate::kernel::connection::{Lists, pages};

/// The lists, by the type of their pages. Lists of one type of node take the same filter and order.
#[must_use]
pub(crate) fn lists() -> Lists {
    Lists::new([
        pages::<Accounts>(),
        pages::<Areas>(),
        pages::<AuditEntries>(),
        pages::<CheckIns>(),
        pages::<ClaimEvents>(),
        pages::<Claims>(),
        pages::<Communities>(),
        pages::<Items>(),
        pages::<MemberCheckIns>(),
        pages::<Needs>(),
        pages::<PartiesOfViewer>(),
        pages::<Resources>(),
        pages::<Services>(),
        pages::<Units>(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::app::{graph, schema_text};

    #[test]
    fn every_kind_of_page_is_here() {
        let lists = lists();
        let text = schema_text(&graph());
        let pages = text.lines().filter_map(|line| line.strip_prefix("type ")?.strip_suffix("Connection {"));
        let (known, unknown): (Vec<&str>, Vec<&str>) =
            pages.partition(|name| lists.get(&format!("{name}Connection")).is_some());
        assert_eq!((known.len(), unknown), (14, vec![]));
    }
}
