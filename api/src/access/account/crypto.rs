//! The signatures of tokens, by `ring`, which the databases' TLS brings along: a second set of cryptography would be one too many.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::hmac;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // For making JWKs, which nobody does here.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes these the signatures of this process.
pub(super) fn install() {
    // A second time changes nothing.
    let _ = PROVIDER.install_default();
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    match algorithm {
        Algorithm::HS256 => Ok(Box::new(Secret(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())))),
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    }
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    let by: &'static dyn VerificationAlgorithm = match algorithm {
        Algorithm::HS256 => return Ok(Box::new(Secret(hmac::Key::new(hmac::HMAC_SHA256, key.try_get_as_bytes()?)))),
        Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::ES256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::EdDSA => &ED25519,
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    Ok(Box::new(Public { algorithm: *algorithm, by, key: key.clone() }))
}

/// What stands for a text to those who do not have the key: HMAC-SHA-256.
pub(super) fn keyed_hash(key: &[u8], text: &str) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let mut hash = [0; 32];
    hash.iter_mut().zip(tag.as_ref()).for_each(|(byte, told)| *byte = *told);
    hash
}

/// A key that both signs and verifies.
struct Secret(hmac::Key);

impl Signer<Vec<u8>> for Secret {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Secret {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Secret {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Secret {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

/// A key that verifies alone.
struct Public {
    algorithm: Algorithm,
    by: &'static dyn VerificationAlgorithm,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for Public {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let verified = match (self.key.kind(), self.algorithm) {
            (DecodingKeyKind::RsaModulusExponent { n, e }, Algorithm::RS256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            (DecodingKeyKind::SecretOrDer(key), Algorithm::ES256 | Algorithm::EdDSA) => {
                UnparsedPublicKey::new(self.by, key).verify(message, signature)
            }
            _ => return Err(signature::Error::new()),
        };
        verified.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Public {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{Validation, decode};
    use serde_json::Value;

    use super::*;

    /// Keys and tokens that another library made.
    const OUTSIDE: &str = include_str!("outside_tokens.json");

    #[test]
    fn tokens_of_other_libraries_are_verified() {
        install();
        let outside: Value = serde_json::from_str(OUTSIDE).unwrap();
        let keys: JwkSet = serde_json::from_value(outside["jwks"].clone()).unwrap();
        for (place, (name, algorithm)) in
            [("RS256", Algorithm::RS256), ("ES256", Algorithm::ES256)].into_iter().enumerate()
        {
            let token = outside[name].as_str().unwrap();
            let mut validation = Validation::new(algorithm);
            (validation.validate_exp, validation.validate_aud) = (false, false);
            let verify = |key: usize, token: &str| {
                decode::<Value>(token, &DecodingKey::from_jwk(&keys.keys[key]).unwrap(), &validation)
            };
            assert_eq!(verify(place, token).unwrap().claims["sub"], "u-17");
            assert!(verify(1 - place, token).is_err());
            let (front, signature) = token.rsplit_once('.').unwrap();
            let other = if signature.starts_with('A') { "B" } else { "A" };
            assert!(verify(place, &format!("{front}.{other}{}", &signature[1..])).is_err());
        }
    }
}
