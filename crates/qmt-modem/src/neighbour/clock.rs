//! Times as AT+CCLK writes them: `yy/MM/dd,hh:mm:ss±zz`, zz in quarters of an hour.

use alloc::string::String;
use alloc::vec::Vec;

/// The zone that is shown: China, where the module is sold.
const QUARTERS: i64 = 32;

const DAY_MS: i64 = 86_400_000;
const QUARTER_MS: i64 = 900_000;

/// A time in milliseconds since 1970 as text.
pub(super) fn show(millis: u64) -> String {
    let local = i64::try_from(millis)
        .unwrap_or(i64::MAX)
        .saturating_add(QUARTERS * QUARTER_MS);
    let (year, month, day) = date(local.div_euclid(DAY_MS));
    let seconds = local.rem_euclid(DAY_MS) / 1_000;
    alloc::format!(
        "{:02}/{month:02}/{day:02},{:02}:{:02}:{:02}+{QUARTERS}",
        year.rem_euclid(100),
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
    )
}

/// The seven numbers of a time: year of this century, month, day, hour, minute, second, zone.
pub(super) fn read(text: &str) -> Option<Vec<i64>> {
    let (time, zone) = match text.find(['+', '-']) {
        Some(sign) => text.split_at(sign),
        None => (text, "+0"),
    };
    let mut parts: Vec<i64> = time
        .split(['/', ',', ':'])
        .map(|part| part.parse().ok().filter(|_| part.len() == 2))
        .collect::<Option<_>>()?;
    parts.push(zone.parse().ok()?);
    Some(parts)
}

/// Milliseconds since 1970 of the seven numbers, if there is such a time.
pub(super) fn millis(parts: &[i64]) -> Option<u64> {
    let &[year, month, day, hour, minute, second, zone] = parts else {
        return None;
    };
    let days = days(2_000 + year, month, day);
    let is_date = date(days) == (2_000 + year, month, day);
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    if !is_date || !is_time || !(-48..=56).contains(&zone) {
        return None;
    }
    let time = (hour * 3_600 + minute * 60 + second) * 1_000;
    u64::try_from(days * DAY_MS + time - zone * QUARTER_MS).ok()
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar. Years are
/// counted from March, so that the day that some of them lack is their last.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// Days since 1970 of a date; of one that is none, some day that has another date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_and_read_back() {
        // 2021-02-05, the day of the application note.
        assert_eq!(show(1_612_483_200_000), "21/02/05,08:00:00+32");
        for seconds in [
            0_u64,
            951_782_399,
            951_782_400,
            1_612_483_200,
            4_102_000_000,
        ] {
            let text = show(seconds * 1_000);
            let parts = read(&text).unwrap();
            // The century is not written.
            if seconds > 946_684_800 {
                assert_eq!(millis(&parts), Some(seconds * 1_000), "{text}");
            }
        }
        assert_eq!(show(951_782_400_000), "00/02/29,08:00:00+32");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "21/02/29,00:00:00+00",
            "21/13/01,00:00:00+00",
            "21/01/01,24:00:00+00",
            "21/01/01,00:60:00+00",
            "21/01/01,00:00:00+57",
        ] {
            assert_eq!(read(text).as_deref().and_then(millis), None, "{text}");
        }
        assert_eq!(read("2021/01/01,00:00:00+00"), None);
        assert_eq!(read("noon"), None);
        assert!(read("21/01/01").as_deref().and_then(millis).is_none());
    }
}
