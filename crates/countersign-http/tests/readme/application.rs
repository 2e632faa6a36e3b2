/// What the README calls `Application`: a host of nobody.
struct Application;

impl countersign_http::Host for Application {
    type Error = std::convert::Infallible;
    type Request = countersign_http::Headers;

    async fn session(&self, _: &Self::Request) -> Result<Option<countersign_http::Session>, Self::Error> {
        Ok(None)
    }

    async fn account(&self, _: &countersign::UserId) -> Result<Option<countersign_http::Account>, Self::Error> {
        Ok(None)
    }

    async fn check_password(
        &self,
        _: &countersign::UserId,
        _: &countersign_http::Password,
    ) -> Result<bool, Self::Error> {
        Ok(false)
    }

    async fn begin_session(
        &self,
        _: &Self::Request,
        _: &countersign::UserId,
        _: countersign::SessionChange,
    ) -> Result<countersign_http::Headers, Self::Error> {
        Ok(countersign_http::Headers::new())
    }

    async fn change_sessions(
        &self,
        _: &Self::Request,
        _: &countersign::UserId,
        _: countersign::SessionChange,
    ) -> Result<countersign_http::Headers, Self::Error> {
        Ok(countersign_http::Headers::new())
    }

    async fn end_session(&self, _: &Self::Request) -> Result<countersign_http::Headers, Self::Error> {
        Ok(countersign_http::Headers::new())
    }
}
