//! What a viewer may see, table by table: the one page for whoever reviews security.
//!
//! Every row that is fetched, counted, filtered by or looked through has passed here; nothing can go round it, since
//! `Scope::select` is the only way to a table.

use entity::check_in::CheckInStatus;
use entity::list_item::Visibility;
use entity::{
    area, attachment, category, check_in, claim, claim_event, list_item, member, member_check_in, party, rating,
};
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::kernel::scope::{Reach, Scope, all, any};
use crate::kernel::viewer::Viewer;

/// Areas are public.
impl Reach for area::Entity {
    fn reach(_: Scope<'_>) -> Expr {
        all([])
    }
}

/// Communities and units are public; their contacts are not (see `party::contact`).
impl Reach for party::Entity {
    fn reach(_: Scope<'_>) -> Expr {
        all([])
    }
}

/// Categories are public.
impl Reach for category::Entity {
    fn reach(_: Scope<'_>) -> Expr {
        all([])
    }
}

/// Check-ins are public once they are confirmed.
impl Reach for check_in::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        match at.viewer {
            Viewer::Anonymous => at.column(check_in::Column::Status).eq(CheckInStatus::Confirmed.word()),
        }
    }
}

/// Persons are nobody's business.
impl Reach for member::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        match at.viewer {
            Viewer::Anonymous => any([]),
        }
    }
}

/// Where persons live is nobody's business.
impl Reach for member_check_in::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        match at.viewer {
            Viewer::Anonymous => any([]),
        }
    }
}

/// List items that are or were public.
impl Reach for list_item::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        match at.viewer {
            Viewer::Anonymous => all([
                at.column(list_item::Column::Visibility).eq(Visibility::Public.word()),
                at.column(list_item::Column::PublishedAt).is_not_null(),
            ]),
        }
    }
}

/// Claims on items that one may see.
impl Reach for claim::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        at.leads_to::<list_item::Entity>(claim::Column::ItemId)
    }
}

/// The history of claims that one may see.
impl Reach for claim_event::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        at.leads_to::<claim::Entity>(claim_event::Column::ClaimId)
    }
}

/// The ratings of claims that one may see.
impl Reach for rating::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        at.leads_to::<claim::Entity>(rating::Column::ClaimId)
    }
}

/// What is attached to items that one may see. Evidence is for the two sides.
impl Reach for attachment::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        match at.viewer {
            Viewer::Anonymous => at.leads_to::<list_item::Entity>(attachment::Column::ItemId),
        }
    }
}
