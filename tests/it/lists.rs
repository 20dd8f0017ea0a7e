use crate::support::both;
use jishi::base::Code;
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap_or_else(|| panic!("{page}"));
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

both!(
    async fn a_list_is_read_by_cursor_or_by_page(app) {
        let (sku, _) = app.guest().sku(0).await;
        let mut placed = vec![];
        for _ in 0..5 {
            app.clock.advance(std::time::Duration::from_millis(1));
            placed.insert(0, app.ordered(&sku).await.1);
        }
        let operator = app.operator().await;
        let list = async |query: &str| operator.get(&format!("/admin/v1/trades?{query}")).await;
        let (mut seen, mut cursor) = (vec![], String::new());
        for _ in 0..3 {
            let page = list(&format!("limit=2&cursor={cursor}")).await.body;
            seen.extend(ids(&page));
            page["next_cursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
        }
        assert_eq!(seen, placed);
        assert_eq!(cursor, "", "the last page has no next one");
        let second = list("limit=2&page=2&total=true").await.body;
        assert_eq!(ids(&second), placed[2..4]);
        assert_eq!(second["total"], 5);
        let paid = list("state=paid&total=true").await.body;
        assert_eq!((paid["items"].as_array().unwrap().len(), &paid["total"]), (0, &json!(0)));
        for wrong in ["page=0", "page=-1", "limit=0", "limit=101", "cursor=here"] {
            assert_eq!((list(wrong).await.status, list(wrong).await.code()), (400, "invalid_parameter"), "{wrong}");
        }
        for wrong in ["page=1.5", "limit=all", "total=5", "state=lost"] {
            assert_eq!(list(wrong).await.status, 400, "{wrong}");
        }
        let behind = format!("page=2&cursor={}", placed[0].rsplit('_').next().unwrap());
        assert_eq!(list(&behind).await.status, 400);
    }
);

both!(
    async fn every_list_of_operators_counts(app) {
        let (sku, _) = app.guest().sku(0).await;
        let (person, trade) = app.ordered(&sku).await;
        person.start_payment(&trade).await;
        let operator = app.operator().await;
        let contract = operator.get("/openapi.json").await.body;
        let mut lists = 0;
        for (path, item) in contract["paths"].as_object().unwrap() {
            let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
            if path.starts_with("/admin/v1/") && parameters.iter().any(|known| known["name"] == "cursor") {
                let page = operator.get(&format!("{path}?total=true&page=1&limit=1")).await;
                assert_eq!(page.status, 200, "{path}: {}", page.body);
                let (count, total) = (page.body["items"].as_array().unwrap().len(), &page.body["total"]);
                assert!(total.as_u64().unwrap() >= count as u64, "{path}: {}", page.body);
                lists += 1;
            }
        }
        assert_eq!(lists, 16);
    }
);

both!(
    async fn an_order_says_what_it_is_and_what_can_be_done(app) {
        let (sku, _) = app.guest().sku(0).await;
        let (person, trade) = app.ordered(&sku).await;
        let orders = person.get("/api/v1/orders").await.body;
        let order = &orders["items"][0];
        assert_eq!((&order["state_text"], &order["actions"]), (&json!("待付款"), &json!(["pay", "cancel"])));
        assert_eq!(order["lines"][0]["sku_id"], sku);
        let english = person.get_in("en-GB,en;q=0.9", &format!("/api/v1/trades/{trade}")).await;
        assert_eq!((&english["state_text"], &english["orders"][0]["state_text"]), (&json!("To pay"), &json!("To pay")));
        let path = format!("/api/v1/orders/{}/cancel", order["id"].as_str().unwrap());
        let stranger = app.shopper().await.post(&path, json!({})).await;
        assert_eq!(stranger.status, 404);
        let cancelled = person.post(&path, json!({})).await;
        assert_eq!((&cancelled.body["state"], &cancelled.body["actions"]), (&json!("closed"), &json!([])));
        assert_eq!(person.trade(&trade).await["state"], "closed");
        assert_eq!(app.stock(&sku).await.1, 0);
    }
);

both!(
    async fn the_first_page_shows_shelves_and_news(app) {
        let home = app.guest().get("/api/v1/home").await.body;
        assert!(home["categories"].as_array().unwrap().len() >= 6);
        assert_eq!(home["newest"].as_array().unwrap().len(), 20);
        let card = &home["newest"][0];
        assert!(card["min_price"].as_i64().unwrap() <= card["max_price"].as_i64().unwrap());
        let shelf = home["categories"][0]["id"].as_str().unwrap();
        let products = app.guest().get(&format!("/api/v1/products?category_id={shelf}")).await.body;
        assert!(products["items"].as_array().unwrap().iter().all(|card| card["category_id"] == shelf));
    }
);

both!(
    async fn every_code_is_explained(app) {
        let page = app.guest().get("/docs/problems").await;
        let text = page.body.as_str().unwrap();
        for code in Code::ALL {
            assert!(text.contains(&format!("<tr id={}>", code.as_str())), "{}", code.as_str());
        }
    }
);
