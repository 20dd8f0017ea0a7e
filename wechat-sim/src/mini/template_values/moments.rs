//! Times and dates as people write them into a message.

use chrono::NaiveDate;

/// `15:01` or `15:01:30`, perhaps behind a day; or two of these around `~`.
pub(super) fn is_time(text: &str) -> bool {
    alone_or_from_to(text, |text| is_clock(text) || is_day_with_clock(text))
}

/// A day or a month, the day perhaps with a time behind it; or two of these around `~`.
pub(super) fn is_date(text: &str) -> bool {
    alone_or_from_to(text, |text| is_day(text) || is_month(text) || is_day_with_clock(text))
}

fn alone_or_from_to(text: &str, fits: impl Fn(&str) -> bool) -> bool {
    match text.split_once('~') {
        Some((from, to)) => fits(from) && fits(to),
        None => fits(text),
    }
}

fn is_day_with_clock(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(day, clock)| is_day(day) && is_clock(clock))
}

/// 24 hours, two digits each, the seconds may be missing.
fn is_clock(text: &str) -> bool {
    let below = |part: &str, limit: u32| digits(part, 2, 2).is_some_and(|number| number < limit);
    match text.split(':').collect::<Vec<_>>()[..] {
        [hour, minute] => below(hour, 24) && below(minute, 60),
        [hour, minute, second] => below(hour, 24) && below(minute, 60) && below(second, 60),
        _ => false,
    }
}

fn is_day(text: &str) -> bool {
    match text.strip_suffix('日') {
        Some(chinese) => is_chinese_day(chinese),
        None => ['-', '/', '.'].into_iter().any(|mark| is_day_around(text, mark)),
    }
}

/// `2019年10月1` or `10月1`.
fn is_chinese_day(text: &str) -> bool {
    let (year, rest) = text.split_once('年').map_or((None, text), |(year, rest)| (Some(year), rest));
    let Some((month, day)) = rest.split_once('月') else { return false };
    exists(year, digits(month, 1, 2), digits(day, 1, 2))
}

/// `2019-10-01`; without a year only around `-`.
fn is_day_around(text: &str, mark: char) -> bool {
    match text.split(mark).collect::<Vec<_>>()[..] {
        [year, month, day] => exists(Some(year), digits(month, 2, 2), digits(day, 2, 2)),
        [month, day] if mark == '-' => exists(None, digits(month, 2, 2), digits(day, 2, 2)),
        _ => false,
    }
}

/// `2019年10月` or `2018-01`.
fn is_month(text: &str) -> bool {
    let chinese = text.strip_suffix('月').and_then(|text| text.split_once('年'));
    let dashed = text.split_once('-');
    let month = chinese.map(|(year, month)| (year, digits(month, 1, 2)));
    let month = month.or_else(|| dashed.map(|(year, month)| (year, digits(month, 2, 2))));
    month.is_some_and(|(year, month)| exists(Some(year), month, Some(1)))
}

/// Whether the calendar has the day. Without a year, 29 February is there.
fn exists(year: Option<&str>, month: Option<u32>, day: Option<u32>) -> bool {
    let year = year.map_or(Some(2000), |year| digits(year, 4, 4));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return false };
    i32::try_from(year).is_ok_and(|year| NaiveDate::from_ymd_opt(year, month, day).is_some())
}

fn digits(text: &str, min: usize, max: usize) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (min..=max).contains(&text.len());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_clock_with_or_without_its_day() {
        for good in [
            "15:01",
            "00:00",
            "23:59:59",
            "2019年10月1日 15:01",
            "2019-10-01 15:01:30",
            "10月1日 08:00",
            "10-01 08:00",
            "2019/10/01 15:01",
            "09:00~21:00",
            "22:00~02:00",
            "2019年10月1日 15:01~16:01",
            "2019年10月1日 15:01~2019年10月2日 16:01",
        ] {
            assert!(is_time(good), "{good}");
        }
    }

    #[test]
    fn what_is_not_quite_a_time_is_refused() {
        for bad in [
            "24:00",
            "15:60",
            "15:01:60",
            "9:05",
            "15",
            "15:1",
            "15:01:02:03",
            "15：01",
            "3:01 PM",
            "2019-10-01T15:01:00",
            "2019-10-01 15:01:00.5",
            "2019-10-01 15:01+08:00",
            "2019年10月1日  15:01",
            "2019年10月1日15:01",
            "2019年10月 15:01",
            "2019年10月1日",
            "2019-02-30 15:01",
            "15:01~",
            "~15:01",
            "15:01~16:01~17:01",
            "15:01 ~ 16:01",
            "15:01-16:01",
            "15:01～16:01",
            " 15:01",
        ] {
            assert!(!is_time(bad), "{bad}");
        }
    }

    #[test]
    fn a_date_comes_in_many_forms() {
        for good in [
            "2019年10月1日",
            "2019年01月01日",
            "2019-10-01",
            "2019/10/01",
            "2019.10.01",
            "2019年10月",
            "10月1日",
            "2018-01",
            "01-01",
            "2月29日",
            "2020-02-29",
            "2019年10月1日 15:01",
            "2019.10.01 15:01:02",
            "2019-10-01~2019-10-03",
            "10月1日~10月3日",
            "2019年10月1日 15:01~2019年10月1日 16:01",
        ] {
            assert!(is_date(good), "{good}");
        }
    }

    #[test]
    fn what_is_not_quite_a_date_is_refused() {
        for bad in [
            "2019-10-01T15:01",
            "2019-1-1",
            "19-10-01-01",
            "2019-13",
            "13-01",
            "2019-00-01",
            "2019-02-29",
            "2019年2月30日",
            "2019年10月1",
            "年10月1日",
            "2019年月1日",
            "10月",
            "2019年",
            "2019",
            "20191001",
            "2019/10",
            "10.01",
            "2019-10/01",
            "2019-10 15:01",
            "15:01",
            "2019-10-01~",
            "2019-10-01~15:01",
            "2019-10-01 ~ 2019-10-02",
            "-10-01",
            "２０１９-10-01",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }
}
