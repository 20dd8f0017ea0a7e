//! What a call of WeChat's interfaces is, whichever of the two servers answers it.

use crate::faults::Place;
use crate::wire::Request;

/// A call the simulator knows; `F` is how it is served.
#[derive(Debug)]
pub(crate) struct Operation<F> {
    /// The name by which faults are planned.
    pub(crate) name: &'static str,
    pub(crate) verb: Verb,
    /// With `{name}` for what differs from call to call.
    pub(crate) path: &'static str,
    /// The most bytes the body may have.
    pub(crate) limit: usize,
    pub(crate) serve: F,
}

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Ten times what any documented request without a file needs.
pub(crate) const LIMIT: usize = 256 * 1024;
/// Files of uploads are pictures of 2 MB at most, videos of 5 MB.
const UPLOAD_LIMIT: usize = 6 * 1024 * 1024;

impl<F: Copy> Operation<F> {
    pub(crate) const fn new(name: &'static str, verb: Verb, path: &'static str, serve: F) -> Self {
        Self { name, verb, path, limit: LIMIT, serve }
    }

    /// Lets the body be as large as a file.
    pub(crate) const fn upload(mut self) -> Self {
        self.limit = UPLOAD_LIMIT;
        self
    }

    /// Lets the body be of so many bytes.
    pub(crate) const fn upload_of(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn matches(&self, segments: &[&str]) -> bool {
        let mut pattern = self.path.split('/').skip(1);
        let fits =
            |wanted: &str, segment: &str| wanted == segment || wanted.starts_with('{') && !segment.is_empty();
        segments.iter().all(|segment| pattern.next().is_some_and(|wanted| fits(wanted, segment)))
            && pattern.next().is_none()
    }

    /// The segments of a path that stand where the pattern has a name, decoded.
    pub(crate) fn arguments(&self, request: &Request) -> Vec<String> {
        let both = self.path.split('/').skip(1).zip(request.segments());
        both.filter(|(wanted, _)| wanted.starts_with('{')).map(|(_, segment)| segment).collect()
    }

    pub(crate) fn place(&self, pay: bool) -> Place {
        Place { name: self.name, path: self.path, pay }
    }
}
