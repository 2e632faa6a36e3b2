/// What the README calls `Application`: a host of nobody.
struct Application;

impl countersign_axum::Host for Application {
    type Error = std::convert::Infallible;
    type Request = axum::http::request::Parts;

    async fn session(&self, _: &axum::http::request::Parts) -> Result<Option<countersign_axum::Session>, Self::Error> {
        Ok(None)
    }

    async fn account(&self, _: &countersign::UserId) -> Result<Option<countersign_axum::Account>, Self::Error> {
        Ok(None)
    }

    async fn check_password(
        &self,
        _: &countersign::UserId,
        _: &countersign_axum::Password,
    ) -> Result<bool, Self::Error> {
        Ok(false)
    }

    async fn begin_session(
        &self,
        _: &axum::http::request::Parts,
        _: &countersign::UserId,
        _: countersign::SessionChange,
    ) -> Result<countersign_axum::Headers, Self::Error> {
        Ok(countersign_axum::Headers::new())
    }

    async fn change_sessions(
        &self,
        _: &axum::http::request::Parts,
        _: &countersign::UserId,
        _: countersign::SessionChange,
    ) -> Result<countersign_axum::Headers, Self::Error> {
        Ok(countersign_axum::Headers::new())
    }

    async fn end_session(&self, _: &axum::http::request::Parts) -> Result<countersign_axum::Headers, Self::Error> {
        Ok(countersign_axum::Headers::new())
    }
}

/// The user whose password this is.
fn user_with(_: &str, _: &countersign_axum::Password) -> Option<countersign::UserId> {
    None
}
