//! What codes and links have in common: pages, characters, and counted quotas.

use std::collections::BTreeSet;

use super::{Errcode, known_app};
use crate::core::Core;
use crate::wire::day::Day;
use crate::world::Site;

/// A page without its query and without a slash in front.
pub(crate) fn bare(page: &str) -> &str {
    let path = page.split('?').next().unwrap_or_default();
    path.strip_prefix('/').unwrap_or(path)
}

/// The characters of a scene; a query may also have `%`.
pub(crate) fn is_plain(text: &str, percent: bool) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "!#$&'()*+,/:;=?@-._~".contains(letter);
    text.chars().all(|letter| fits(letter) || (percent && letter == '%'))
}

/// `release`, `trial` or `develop`; the first one when nothing is said.
pub(crate) fn env_version(said: Option<&str>) -> Option<&str> {
    match said {
        None | Some("") => Some("release"),
        Some(env) => ["release", "trial", "develop"].contains(&env).then_some(env),
    }
}

impl Site {
    /// Whether the release has the page, as far as it is known; the home page is always there.
    pub(crate) fn has_page(&self, page: &str) -> bool {
        let path = bare(page);
        path.is_empty() || self.pages.as_ref().is_none_or(|pages| pages.contains(path))
    }

    /// Whether there is a release, as far as it is known.
    pub(crate) fn is_released(&self) -> bool {
        self.pages.as_ref().is_none_or(|pages| !pages.is_empty())
    }

    /// Begins to count anew when a day of UTC+8 has begun.
    pub(crate) fn today(&mut self, now: i64) -> &mut Self {
        let day = Day::of(now).number();
        if self.day != day {
            (self.day, self.links_today, self.shorts_today, self.visits_today) = (day, 0, 0, 0);
        }
        self
    }
}

/// What a test sets of what the platform knows; what is `None` stays as it is.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SiteChange {
    pub(crate) app_id: String,
    /// The pages of the release; none at all is no release.
    pub(crate) pages: Option<BTreeSet<String>>,
    /// Forgets the pages: nothing is checked any more.
    pub(crate) forget_pages: bool,
    /// The pages that plain schemes may open.
    pub(crate) plain_schemes: Option<BTreeSet<String>>,
    /// Bans subscribe messages.
    pub(crate) banned: Option<bool>,
    pub(crate) codes_used: Option<u64>,
    pub(crate) permanent_links: Option<u64>,
    pub(crate) links_today: Option<u64>,
    pub(crate) short_links_today: Option<u64>,
    pub(crate) visits_today: Option<u64>,
}

/// Changes what the platform knows of a mini program.
pub(crate) fn change(core: &Core, change: SiteChange) -> Result<Site, Errcode> {
    core.change(|world, now| {
        known_app(world, &change.app_id)?;
        let site = world.sites.entry(&change.app_id).today(now);
        let bared = |pages: BTreeSet<String>| pages.iter().map(|page| bare(page).to_owned()).collect();
        site.pages = change.pages.map(bared).or(site.pages.take().filter(|_| !change.forget_pages));
        site.plain = change.plain_schemes.map_or_else(|| std::mem::take(&mut site.plain), bared);
        site.banned = change.banned.unwrap_or(site.banned);
        site.codes = change.codes_used.unwrap_or(site.codes);
        site.permanent = change.permanent_links.unwrap_or(site.permanent);
        site.links_today = change.links_today.unwrap_or(site.links_today);
        site.shorts_today = change.short_links_today.unwrap_or(site.shorts_today);
        site.visits_today = change.visits_today.unwrap_or(site.visits_today);
        Ok(site.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_has_no_percent_and_no_blank() {
        assert!(is_plain("aZ09!#$&'()*+,/:;=?@-._~", false));
        for wrong in ["%", " ", "茶", "\"", "[", "\n"] {
            assert!(!is_plain(wrong, false), "{wrong:?}");
        }
        assert!(is_plain("a=%20", true));
    }

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        let mut site = Site { links_today: 3, ..Site::default() };
        site.today(16 * 3_600_000 - 1);
        assert_eq!(site.links_today, 3);
        site.today(16 * 3_600_000);
        assert_eq!(site.links_today, 0);
    }
}
