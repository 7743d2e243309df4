//! A database that cannot be reached when a command starts: it is waited for as long as that may help, and no secret is told.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::program::Folder;
use crate::proxy::Proxy;
use crate::{database, postgres};

/// What a server signs with; any would do.
pub(crate) const KEY: &str = "5f0c1d2e3a4b5c6d7e8f90123456789a5f0c1d2e3a4b5c6d7e8f90123456789a";

/// A port on which nobody listens.
const NOWHERE: &str = "postgres://cobuild:secret@127.0.0.1:1/town";

#[test]
fn what_cannot_be_reached_is_named_without_its_password() {
    let folder = Folder::new();
    for (url, place) in [
        (NOWHERE, " town of PostgreSQL at 127.0.0.1:1: "),
        ("postgresql://cobuild:secret@127.0.0.1:1/town?sslpassword=secret", " town of PostgreSQL at 127.0.0.1:1: "),
        ("postgres://cobuild:secret@127.0.0.1:port/town", ": "),
    ] {
        for command in [&["serve"][..], &["migrate", "up"], &["migrate", "status"], &["demo"], &["verify"]] {
            let settings = [("DATABASE_URL", url), ("COBUILD_CONNECT_TIMEOUT", "0"), ("COBUILD_SIGNING_KEY", KEY)];
            let ran = folder.run_with(&settings, command);
            assert!(
                ran.failed(1).contains(&format!("error: cannot open the database{place}")),
                "{command:?}: {}",
                ran.err
            );
            assert!(!format!("{}{}", ran.out, ran.err).contains("secret"), "{command:?}: {}", ran.err);
        }
    }
}

#[test]
fn it_is_waited_for_and_that_is_told() {
    let (folder, start) = (Folder::new(), Instant::now());
    let ran = folder.run_with(&[("DATABASE_URL", NOWHERE), ("COBUILD_CONNECT_TIMEOUT", "1")], &["migrate", "status"]);
    assert!((Duration::from_millis(600)..Duration::from_secs(10)).contains(&start.elapsed()));
    let told = "The database town of PostgreSQL at 127.0.0.1:1 cannot be reached yet; it is tried again";
    assert!(ran.failed(1).contains(told), "{}", ran.err);
    assert!(!ran.err.contains("secret"), "{}", ran.err);
}

#[test]
fn what_will_not_mend_is_not_waited_for_and_what_may_is() {
    if let Err(reason) = postgres::source() {
        return writeln!(std::io::stderr(), "NO POSTGRESQL TO WAIT FOR: {reason}").unwrap();
    }
    let server = postgres::server().unwrap();
    let (folder, start) = (Folder::new(), Instant::now());
    let ran = folder.run_with(&[("DATABASE_URL", &server.address("cobuild_nowhere"))], &["migrate", "status"]);
    assert!(ran.failed(1).contains("database \"cobuild_nowhere\" does not exist"), "{}", ran.err);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    let name = format!("cobuild_wait_{}", uuid::Uuid::now_v7().simple());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(server.create(&name, database::Content::Nothing)).unwrap();
    let proxy = runtime.block_on(Proxy::before(server.target()));
    proxy.refuse();
    let url = server.address_at(&name, proxy.address);
    let waiting = std::thread::spawn(move || folder.run_with(&[("DATABASE_URL", &url)], &["migrate", "up"]));
    runtime.block_on(async { tokio::time::sleep(Duration::from_secs(1)).await });
    proxy.clear();
    let ran = waiting.join().unwrap();
    assert!(ran.good().contains("the tables are up to date"), "{}", ran.out);
    assert!(ran.err.contains("cannot be reached yet"), "{}", ran.err);
    runtime.block_on(server.drop(&name)).unwrap();
}
