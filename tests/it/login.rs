use crate::support::{APP, both};
use serde_json::json;

both!(
    async fn a_login_code_works_once(app) {
        let guest = app.guest();
        let code = app.sim.login_code(APP, None).code;
        let first = guest.post("/api/v1/auth/login", json!({ "code": code })).await;
        assert_eq!(first.status, 200);
        let again = guest.post("/api/v1/auth/login", json!({ "code": code })).await;
        assert_eq!((again.status, again.code()), (401, "invalid_login_code"));
    }
);

both!(
    async fn a_refresh_token_used_twice_ends_its_family(app) {
        let guest = app.guest();
        let code = app.sim.login_code(APP, None).code;
        let login = guest.post("/api/v1/auth/login", json!({ "code": code })).await.body;
        let old = json!({ "refresh_token": login["refresh_token"] });
        let new = guest.post("/api/v1/auth/refresh", old.clone()).await;
        assert_eq!(new.status, 200);
        assert_eq!(guest.post("/admin/v1/auth/refresh", old.clone()).await.status, 401);
        assert_eq!(guest.post("/api/v1/auth/refresh", old).await.code(), "invalid_refresh_token");
        let new = json!({ "refresh_token": new.body["refresh_token"] });
        assert_eq!(guest.post("/api/v1/auth/refresh", new).await.code(), "invalid_refresh_token");
    }
);

both!(
    async fn an_access_token_lives_fifteen_minutes(app) {
        let person = app.shopper().await;
        assert_eq!(person.get("/api/v1/me").await.status, 200);
        app.clock.advance(std::time::Duration::from_secs(901));
        assert_eq!(person.get("/api/v1/me").await.code(), "unauthorized");
        assert_eq!(person.get("/api/v1/products").await.status, 401, "a bad token is no guest");
    }
);

both!(
    async fn a_phone_number_is_sealed_and_shown_masked(app) {
        let person = app.shopper().await;
        let code = app.sim.phone_code(APP, "13800138000");
        assert_eq!(person.post("/api/v1/me/phone", json!({ "code": code })).await.status, 204);
        assert_eq!(person.get("/api/v1/me").await.body["phone"], "*******8000");
    }
);

both!(
    async fn a_wrong_password_is_refused(app) {
        app.operator().await;
        for (name, password) in [("test", "wrong"), ("nobody", "wrong")] {
            let login = json!({ "username": name, "password": password });
            let answer = app.guest().post("/admin/v1/auth/login", login).await;
            assert_eq!((answer.status, answer.code()), (401, "invalid_credentials"));
        }
    }
);
