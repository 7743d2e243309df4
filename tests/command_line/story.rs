//! The story that the front page tells with curl: run as printed, it answers as printed.

use std::process::Command;

use crate::program::Folder;
use crate::server::Server;

const FRONT_PAGE: &str = include_str!("../../README.md");

#[test]
fn the_story_on_the_front_page_is_true() {
    let story = block("sh", "sign_in=");
    let told = block("text", "acceptClaim");
    // Each `ask` that is not the function itself sends one.
    let asked = story.matches("ask ").count() - story.matches("# ask ").count();
    assert_eq!(asked, 10, "the story takes ten requests");
    let folder = Folder::new();
    let server = Server::start(&folder, &[("COBUILD_LOG", "warn")]);
    let story = story.replace("127.0.0.1:8000", server.address());
    assert!(story.contains(server.address()), "the story names the address");
    let ran = Command::new("sh").args(["-e", "-c", &story]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), told, "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success());
}

/// The block of code of this language on the front page that says `word`.
fn block(language: &str, word: &str) -> String {
    let blocks = FRONT_PAGE.split("```").skip(1).step_by(2);
    let mut blocks = blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    blocks.find(|block| block.contains(word)).expect("the block").to_owned()
}
