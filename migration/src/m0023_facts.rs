//! What is asked of claims again and again stands on the claim: whether everybody may see its item, and what the receiver's rating was.
//! The database keeps both true, whoever writes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::dialect::translate;

const COLUMNS: &str = r#"
ALTER TABLE claim ADD COLUMN is_public BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE claim SET is_public = TRUE WHERE EXISTS (SELECT 1 FROM list_item i WHERE i.id = claim.item_id AND {public i});
ALTER TABLE claim ADD COLUMN receiver_stars INTEGER;
UPDATE claim SET receiver_stars = {stars} WHERE EXISTS (SELECT 1 FROM rating r WHERE r.claim_id = claim.id);
"#;

/// An item that everybody may see: public, published, and not withdrawn.
const PUBLIC: &str = "(i.visibility = 'PUBLIC' AND i.status <> 'WITHDRAWN' AND i.published_at IS NOT NULL)";

/// How the receiver rated a claim; nothing where they did not.
const STARS: &str = "(SELECT r.stars FROM rating r WHERE r.claim_id = claim.id AND r.by_id = claim.receiver_id)";

const ON_SQLITE: &str = r#"
CREATE TRIGGER claim_is_public_at_first AFTER INSERT ON claim BEGIN
    UPDATE claim SET is_public = (SELECT {public i} FROM list_item i WHERE i.id = NEW.item_id) WHERE id = NEW.id;
END;
CREATE TRIGGER claim_is_public_as_item AFTER UPDATE OF visibility, status, published_at ON list_item
WHEN {public NEW} IS NOT {public OLD} BEGIN
    UPDATE claim SET is_public = {public NEW} WHERE item_id = NEW.id;
END;
CREATE TRIGGER claim_stars_given AFTER INSERT ON rating BEGIN
    UPDATE claim SET receiver_stars = {stars} WHERE id = NEW.claim_id;
END;
CREATE TRIGGER claim_stars_changed AFTER UPDATE OF stars, by_id ON rating BEGIN
    UPDATE claim SET receiver_stars = {stars} WHERE id = NEW.claim_id;
END;
CREATE TRIGGER claim_stars_taken_back AFTER DELETE ON rating BEGIN
    UPDATE claim SET receiver_stars = {stars} WHERE id = OLD.claim_id;
END;
CREATE TRIGGER claim_stars_of_sides AFTER UPDATE OF claimant_id, owner_id ON claim BEGIN
    UPDATE claim SET receiver_stars = {stars} WHERE id = NEW.id;
END;
"#;

/// Who updates an item, or holds some of it, has its row until the end; a claim is inserted after that. So one of the two sees the other.
const ON_POSTGRES: &str = r#"
CREATE FUNCTION claim_is_public_at_first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    SELECT {public i} INTO NEW.is_public FROM list_item i WHERE i.id = NEW.item_id;
    NEW.is_public := COALESCE(NEW.is_public, FALSE);
    RETURN NEW;
END $$;
CREATE TRIGGER claim_is_public_at_first BEFORE INSERT ON claim FOR EACH ROW EXECUTE FUNCTION claim_is_public_at_first();
CREATE FUNCTION claim_is_public_as_item() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE claim SET is_public = {public NEW} WHERE item_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER claim_is_public_as_item AFTER UPDATE OF visibility, status, published_at ON list_item FOR EACH ROW
WHEN ({public NEW} IS DISTINCT FROM {public OLD}) EXECUTE FUNCTION claim_is_public_as_item();
CREATE FUNCTION claim_stars() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE claim SET receiver_stars = {stars} WHERE id = COALESCE(NEW.claim_id, OLD.claim_id);
    RETURN NULL;
END $$;
CREATE TRIGGER claim_stars AFTER INSERT OR DELETE OR UPDATE OF stars, by_id ON rating FOR EACH ROW EXECUTE FUNCTION claim_stars();
CREATE FUNCTION claim_stars_of_sides() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE claim SET receiver_stars = {stars} WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER claim_stars_of_sides AFTER UPDATE OF claimant_id, owner_id ON claim FOR EACH ROW EXECUTE FUNCTION claim_stars_of_sides();
"#;

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
        let triggers = if backend == DbBackend::Sqlite { ON_SQLITE } else { ON_POSTGRES };
        for text in [COLUMNS, triggers] {
            connection.execute_unprepared(&translate(&filled(text), backend)).await?;
        }
        Ok(())
    }
}

/// With what is public and what the stars are in place of their words.
fn filled(text: &str) -> String {
    let rows = ["i", "NEW", "OLD"];
    let text = rows.iter().fold(text.to_owned(), |text, row| {
        text.replace(&format!("{{public {row}}}"), &PUBLIC.replace("i.", &format!("{row}.")))
    });
    text.replace("{stars}", STARS)
}
