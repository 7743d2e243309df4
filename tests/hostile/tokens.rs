//! Tokens that nobody gave out. None of them makes its bearer somebody, and none makes them nobody unseen.

use super::kind::{Kind, UNAUTHENTICATED, get, post};

const QUERY: &str = r#"{"query":"{ __typename }"}"#;

/// {"alg":"HS256","typ":"JWT"}, {"sub":"1","role":"ADMIN","exp":4102444800}, and a signature of zeros.
const HEAD: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
const CLAIMS: &str = "eyJzdWIiOiIxIiwicm9sZSI6IkFETUlOIiwiZXhwIjo0MTAyNDQ0ODAwfQ";
const SIGNATURE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The same heads, with "alg" none, None and RS256, and with a key id that leads out of its folder.
const NONE: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
const NONE_IN_CAPITALS: &str = "eyJhbGciOiJOb05lIiwidHlwIjoiSldUIn0";
const ASYMMETRIC: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";
const LED_ASTRAY: &str = "eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2Rldi9udWxsIn0";

/// {"sub":"1","exp":1}: it ended in 1970.
const ENDED: &str = "eyJzdWIiOiIxIiwiZXhwIjoxfQ";

pub(super) fn kinds() -> Vec<Kind> {
    let says = |name: &str, value: &str| {
        let headers = format!("content-type: application/json\r\nauthorization: {value}\r\n");
        post(name, &headers, QUERY, UNAUTHENTICATED)
    };
    let bears = |name: &str, token: &str| says(name, &format!("Bearer {token}"));
    let forged = format!("{HEAD}.{CLAIMS}.{SIGNATURE}");
    vec![
        bears("a forged token", &forged),
        bears("a token that was cut", &forged[..forged.len() - 10]),
        bears("a token without its signature", &format!("{HEAD}.{CLAIMS}.")),
        bears("a token of two parts", &format!("{HEAD}.{CLAIMS}")),
        bears("a token of four parts", &format!("{forged}.{SIGNATURE}")),
        bears("a token that ended", &format!("{HEAD}.{ENDED}.{SIGNATURE}")),
        bears("a token signed by nobody", &format!("{NONE}.{CLAIMS}.")),
        bears("a token signed by nobody, in capitals", &format!("{NONE_IN_CAPITALS}.{CLAIMS}.")),
        bears("a token signed by nobody, with a signature", &format!("{NONE}.{CLAIMS}.{SIGNATURE}")),
        bears("a token of another algorithm", &format!("{ASYMMETRIC}.{CLAIMS}.{SIGNATURE}")),
        bears("a token whose key lies elsewhere", &format!("{LED_ASTRAY}.{CLAIMS}.{SIGNATURE}")),
        bears("a token of nonsense", "nonsense"),
        bears("a token of bytes", "\u{ff}\u{fe}"),
        bears("a token of 50 KB", &"x".repeat(50_000)),
        bears("no token after the word", ""),
        says("another scheme", "Basic cm9vdDpyb290"),
        says("a token without a scheme", &forged),
        says("two tokens", &format!("Bearer {forged}\r\nauthorization: Bearer {forged}")),
        get(
            "a forged token by GET",
            &[("query", "{ __typename }")],
            &format!("authorization: Bearer {forged}\r\n"),
            UNAUTHENTICATED,
        ),
    ]
}
