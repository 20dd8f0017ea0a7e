//! What follows a payment: one piece is given back before it was sent, the other one arrives.

use super::buy::{Buyer, count, text, yuan};
use anyhow::ensure;
use serde_json::{Value, json};

impl Buyer {
    /// The shopper cancels one piece, the operator agrees, WeChat gives the money back.
    pub(super) async fn give_back_one(&mut self, books: &Self, order: &Value) -> anyhow::Result<()> {
        let reasons = self.get("/api/v1/after-sale-reasons?kind=cancel").await?;
        let piece = json!([{ "line_id": order["lines"][0]["id"], "quantity": 1 }]);
        let wish = json!({
            "order_id": order["id"], "kind": "cancel", "lines": piece, "reason_id": reasons["items"][0]["id"],
        });
        let case = self.post("/api/v1/after-sales", wish).await?;
        self.tell(&format!("asked to cancel one piece: {}", text(&reasons, "/items/0/text")?));
        let id = text(&case, "/id")?;
        books.post(&format!("/admin/v1/after-sales/{id}/approve"), json!({ "restock": true })).await?;
        self.tell(&format!("an operator agreed to {}; the piece is for sale again", yuan(&case["worth"])));
        let page = self.until(&format!("/api/v1/after-sales/{id}"), |case| case["state"] == "done").await?;
        ensure!(page["amount"] == case["worth"], "another amount came back: {page}");
        self.tell("WeChat gave the money back");
        Ok(())
    }

    /// The operator sends what is left, WeChat hears of it, the shopper confirms.
    pub(super) async fn receive_the_rest(&mut self, books: &Self, order: &Value) -> anyhow::Result<()> {
        let id = text(order, "/id")?;
        let number = format!("SF{:013}", rand::random::<u32>());
        let parcel = json!({ "kind": "express", "carrier_code": "SF", "tracking_no": number });
        books.post(&format!("/admin/v1/orders/{id}/shipments"), parcel).await?;
        self.tell(&format!("the other piece was sent: 顺丰 {number}"));
        let told = format!("/admin/v1/orders/{id}/timeline");
        books.until(&told, |story| story.to_string().contains("upload_shipping_info")).await?;
        self.tell("WeChat was told, or it would freeze the money");
        let page = self.post(&format!("/api/v1/orders/{id}/confirm"), json!({})).await?;
        ensure!(page["state"] == "received", "the order was not received: {page}");
        self.tell("the shopper has it");
        Ok(())
    }

    /// What was written down of it all, and whether the books add up.
    pub(super) async fn look_back(&mut self, books: &Self, order: &Value) -> anyhow::Result<()> {
        let story = format!("/admin/v1/orders/{}/timeline", text(order, "/id")?);
        let steps = count(&books.get(&story).await?);
        self.tell(&format!("its story has {steps} entries: GET {story}"));
        let checks = books.get("/admin/v1/ops/invariants").await?;
        let broken = checks["items"].as_array().into_iter().flatten().find(|check| check["holds"] != true);
        ensure!(broken.is_none(), "an invariant is broken: {broken:?}");
        self.tell(&format!("{} invariants hold", count(&checks)));
        Ok(())
    }
}
