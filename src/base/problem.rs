use serde::Serialize;
use std::fmt;

/// The result of everything a request may call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $status:literal;)*) => {
        /// The closed list of things that can be wrong. Clients match on the text, which never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)* }

        impl Code {
            /// All of them, for the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// What it means.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc,)+).trim_ascii_start(),)* }
            }
        }
    };
}

codes! {
    /// The body is JSON, but not of the stated form.
    InvalidBody = "invalid_body", 422;
    /// The body is not well-formed JSON.
    InvalidJson = "invalid_json", 400;
    /// A part of the path or the query is not of the stated form.
    InvalidParameter = "invalid_parameter", 400;
    /// The body must be sent as `application/json`.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// The body is larger than this path takes.
    BodyTooLarge = "body_too_large", 413;
    /// There is no such path.
    NoSuchPath = "no_such_path", 404;
    /// The path does not know this method.
    MethodNotAllowed = "method_not_allowed", 405;
    /// The request took too long; ask for its outcome before repeating it.
    Timeout = "timeout", 503;
    /// The server is short of something it needs; try again later.
    Unavailable = "unavailable", 503;
    /// Something went wrong on our side; the request id finds it in the log.
    Internal = "internal", 500;
    /// A bearer token is missing, invalid or expired.
    Unauthorized = "unauthorized", 401;
    /// The refresh token is unknown, expired or was used before.
    InvalidRefreshToken = "invalid_refresh_token", 401;
    /// Name or password is wrong.
    InvalidCredentials = "invalid_credentials", 401;
    /// Too many tries; wait before the next.
    TooManyTries = "too_many_tries", 429;
    /// The token is good, but it does not give this right.
    Forbidden = "forbidden", 403;
    /// The login code of the mini program is invalid, expired or used; call `wx.login` again.
    InvalidLoginCode = "invalid_login_code", 401;
    /// WeChat refused this user for risk.
    LoginRefused = "login_refused", 403;
    /// The header `X-App-Id` names no mini program of this server.
    UnknownApp = "unknown_app", 400;
    /// There is no such thing, or it is not yours.
    NotFound = "not_found", 404;
    /// The header `Idempotency-Key` is missing or not 8 to 64 letters, digits, `-`, `_`.
    IdempotencyKeyRequired = "idempotency_key_required", 400;
    /// The key was used with another request.
    IdempotencyKeyReused = "idempotency_key_reused", 422;
    /// The first request with this key is still running.
    IdempotencyInFlight = "idempotency_in_flight", 409;
    /// There is less in stock than asked for.
    InsufficientStock = "insufficient_stock", 409;
    /// The total differs from what the shopper saw; quote again.
    PriceChanged = "price_changed", 409;
    /// An article is not on sale.
    NotOnSale = "not_on_sale", 409;
    /// An article is not delivered to this address.
    NotDelivered = "not_delivered", 409;
    /// The thing is in use by others.
    InUse = "in_use", 409;
    /// The cart has nothing to order.
    CartEmpty = "cart_empty", 409;
    /// The trade is not waiting for payment any more.
    TradeNotPayable = "trade_not_payable", 409;
    /// The trade is paid and cannot be cancelled this way.
    TradeNotCancellable = "trade_not_cancellable", 409;
    /// The order is not paid, is over, or all its money goes back.
    OrderNotShippable = "order_not_shippable", 409;
    /// Less is left to be sent than asked for.
    NothingToShip = "nothing_to_ship", 409;
    /// The shipment cannot be corrected any more: WeChat takes one correction, before the receipt.
    ShipmentFinal = "shipment_final", 409;
    /// The order is not on its way.
    OrderNotReceivable = "order_not_receivable", 409;
    /// The body is not CSV of the stated form.
    InvalidCsv = "invalid_csv", 400;
    /// More would go back than was paid.
    RefundExceedsPaid = "refund_exceeds_paid", 409;
    /// A refund is tried again only after WeChat closed it.
    RefundNotClosed = "refund_not_closed", 409;
    /// WeChat does not call this refund abnormal.
    RefundNotAbnormal = "refund_not_abnormal", 409;
    /// The order is not in a state in which this can be asked for.
    OrderNotRefundable = "order_not_refundable", 409;
    /// Fewer pieces are left than asked for.
    PiecesNotLeft = "pieces_not_left", 409;
    /// The after-sale is not in a state that allows this.
    AfterSaleState = "after_sale_state", 409;
    /// So much goes back only with the consent of a second operator.
    SecondPersonNeeded = "second_person_needed", 409;
    /// The merchant has no address that goods can be sent back to.
    ReturnAddressMissing = "return_address_missing", 409;
    /// The file is not a JPEG, PNG or WebP picture.
    NotAnImage = "not_an_image", 422;
    /// The amount is larger than this shop takes in one trade.
    AmountTooLarge = "amount_too_large", 422;
    /// WeChat did not answer as needed; try again with the same key.
    WechatUnavailable = "wechat_unavailable", 502;
    /// The call-back's signature, age or serial is not acceptable.
    CallbackUntrusted = "callback_untrusted", 401;
    /// The call-back speaks of something that is not as we know it.
    CallbackMismatch = "callback_mismatch", 409;
    /// Another run compares this bill just now; look at it a little later.
    BillInWork = "bill_in_work", 409;
    /// The difference was resolved before.
    DifferenceResolved = "difference_resolved", 409;
    /// There are too many of these already.
    LimitReached = "limit_reached", 409;
}

/// One field of the input that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The path of the field, as in `lines[0].quantity`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// Something the caller may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing is wrong.
    pub code: Code,
    /// What is wrong here, and the way out.
    pub detail: String,
    /// Which fields are wrong.
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem with the words of its code.
    pub fn new(code: Code) -> Self {
        Self { code, detail: code.title().to_owned(), errors: vec![] }
    }

    /// A problem with words of its own.
    pub fn with(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: vec![] }
    }

    /// A problem with one field of the input.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let error = FieldError { field: field.into(), message: message.into() };
        let detail = format!("{} {}", error.field, error.message);
        Self { code: Code::InvalidBody, detail, errors: vec![error] }
    }

    /// A problem with one part of the query.
    pub fn parameter(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: Code::InvalidParameter, ..Self::field(name, message) }
    }

    /// Nothing of this name is there, or it is not the caller's.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::with(Code::NotFound, format!("{what} was not found"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

/// What a request can end in besides success.
#[derive(Debug)]
pub enum Error {
    /// The caller's doing, or at least the caller's to know.
    Problem(Problem),
    /// Ours: logged once at the edge with its causes; the caller learns nothing of it.
    Internal(anyhow::Error),
}

impl Error {
    /// The code, when it is one the caller may know.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            Self::Internal(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(problem) => problem.fmt(f),
            Self::Internal(error) => write!(f, "{error:#}"),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Problem(Problem::new(code))
    }
}

macro_rules! internal {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Internal(error.into())
            }
        }
    )*};
}

internal!(anyhow::Error, sqlx::Error, serde_json::Error, tokio::task::JoinError);

/// Jobs and commands report with `anyhow`.
impl From<Error> for anyhow::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Problem(problem) => Self::msg(problem.to_string()),
            Error::Internal(error) => error,
        }
    }
}
