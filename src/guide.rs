//! The pages of the repository's folder `docs`, for whoever adopts and runs a service.

/// A page, with what its links mean here: the first definition of a link counts, and the one at the
/// end of the page is for readers of the file.
macro_rules! pages {
    ($($(#[$attribute:meta])* $name:ident = $file:literal;)*) => {$(
        $(#[$attribute])*
        #[doc = include_str!("guide/links.md")]
        #[doc = include_str!($file)]
        pub mod $name {}
    )*};
}

pages! {
    // Their pieces of code are programs of other crates, which run them.
    #[cfg(not(doctest))]
    axum_sqlite = "../docs/axum-sqlite.md";
    #[cfg(not(doctest))]
    axum_postgres = "../docs/axum-postgres.md";
    #[cfg(not(doctest))]
    axum = "../docs/axum.md";
    #[cfg(not(doctest))]
    actix = "../docs/actix.md";
    #[cfg(not(doctest))]
    rusqlite = "../docs/rusqlite.md";
    #[cfg(not(doctest))]
    redis = "../docs/redis.md";
    #[cfg(not(doctest))]
    passkeys = "../docs/passkeys.md";
    #[cfg(not(doctest))]
    migrating_from_webauthn_rs = "../docs/migrating-from-webauthn-rs.md";

    requirement = "../docs/requirement.md";
    // Its pieces of code are no programs.
    #[cfg(not(doctest))]
    policy = "../docs/policy.md";
    production = "../docs/production.md";
    scaling = "../docs/scaling.md";
    observing = "../docs/observing.md";
    runbook = "../docs/runbook.md";
    #[cfg(feature = "qr")]
    migrating_from_totp_rs = "../docs/migrating-from-totp-rs.md";
    security = "../SECURITY.md";
    standards = "../docs/standards.md";
    dependencies = "../docs/dependencies.md";
}
