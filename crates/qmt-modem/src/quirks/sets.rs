//! The 512 sets of the nine quirks that change the shape of the line (RELIABILITY §2.5).

use super::choice::{BootBanner, HexLen, OkAfterData, Prompt, ResultOrder, UrcInData};
use crate::Quirks;

/// What each of the nine does when it is on.
const NINE: [fn(&mut Quirks); 9] = [
    |quirks| quirks.esc_cancels_counted = true,
    |quirks| quirks.hex_len = HexLen::Digits,
    |quirks| quirks.blank_after_colon = false,
    |quirks| quirks.urc_in_data = UrcInData::Interleave,
    |quirks| quirks.result_order = ResultOrder::ResultFirst,
    |quirks| quirks.ok_after_data = OkAfterData::Late,
    |quirks| quirks.boot_banner = BootBanner::Silent,
    |quirks| quirks.prompt = Prompt::Bare,
    |quirks| quirks.payload_quoted = false,
];

impl Quirks {
    /// How many sets [`of_set`](Self::of_set) knows: 2 to the power of nine.
    pub const SETS: u16 = 1 << NINE.len();

    /// The `n`th set: the note with those of the nine quirks changed whose bits are set in `n`,
    /// from the lowest: Esc cancels a counted payload, lengths count digits, no blank after the
    /// colon, unsolicited lines in data mode, the result before OK, OK late after data, no boot
    /// banner, a bare prompt, payloads without quotes. Higher bits are ignored.
    #[must_use]
    pub fn of_set(n: u16) -> Self {
        let mut quirks = Self::NOTE;
        for (bit, change) in NINE.iter().enumerate() {
            if n >> bit & 1 == 1 {
                change(&mut quirks);
            }
        }
        quirks
    }
}
