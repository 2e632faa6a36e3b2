//! docs/axum-postgres.md shows this package, and what it says happens.

#[path = "../../page.rs"]
mod page;

use countersign_sqlx::sqlx::{self, Connection, PgConnection};
use page::Page;

fn page() -> Page {
    Page::new("axum-postgres", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_page_is_the_package() {
    page().shows("rust", &["src/main.rs"]);
    page().shows("sql", &["service.sql", "second-factor.sql"]);
    page().shows_the_dependencies();
}

#[tokio::test]
#[ignore = "needs curl, jq, oathtool, and PostgreSQL with its psql"]
async fn the_commands_of_the_page_work() {
    let server = std::env::var("COUNTERSIGN_TEST_POSTGRES").expect("tests/postgres.sh sets it");
    let mut connection = PgConnection::connect(&server).await.unwrap();
    // A name that is good for one run.
    let name = format!("acme_{}", std::process::id());
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    let database = format!("{server}/{name}");
    let program = env!("CARGO_BIN_EXE_countersign-guide-axum-postgres");
    page().works(program, &[("DATABASE_URL", &database)]);
}
