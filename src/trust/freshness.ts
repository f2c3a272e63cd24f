/**
 * How much an observation is still worth at its age: half as much after each 90 days.
 *
 * Integers from a table, because powers of two with broken exponents differ in the last bit between
 * engines. Age counts in whole days. Specification: docs/spec/scoring.md, T15.
 */
import { DAY_MS } from '../base/units.ts'

export const HALF_LIFE_DAYS = 90

/** `floor(2^30 · 2^(-day / 90))` for day 0 … 89; a test computes it again with big integers. */
const FRESHNESS: readonly number[] = [
  1_073_741_824, 1_065_504_019, 1_057_329_414, 1_049_217_526, 1_041_167_873, 1_033_179_977,
  1_025_253_365, 1_017_387_566, 1_009_582_114, 1_001_836_546, 994_150_402, 986_523_227, 978_954_567,
  971_443_975, 963_991_005, 956_595_214, 949_256_164, 941_973_420, 934_746_549, 927_575_123,
  920_458_717, 913_396_909, 906_389_278, 899_435_411, 892_534_894, 885_687_319, 878_892_278,
  872_149_369, 865_458_192, 858_818_351, 852_229_450, 845_691_100, 839_202_912, 832_764_502,
  826_375_488, 820_035_491, 813_744_135, 807_501_046, 801_305_855, 795_158_193, 789_057_697,
  783_004_004, 776_996_755, 771_035_594, 765_120_168, 759_250_124, 753_425_117, 747_644_799,
  741_908_828, 736_216_863, 730_568_568, 724_963_607, 719_401_647, 713_882_359, 708_405_415,
  702_970_491, 697_577_263, 692_225_413, 686_914_622, 681_644_576, 676_414_963, 671_225_471,
  666_075_793, 660_965_623, 655_894_660, 650_862_601, 645_869_148, 640_914_005, 635_996_878,
  631_117_476, 626_275_509, 621_470_689, 616_702_733, 611_971_356, 607_276_279, 602_617_223,
  597_993_911, 593_406_070, 588_853_427, 584_335_712, 579_852_657, 575_403_996, 570_989_465,
  566_608_804, 562_261_750, 557_948_048, 553_667_441, 549_419_674, 545_204_497, 541_021_659,
]

/** After this many half-lives nothing is left of 2^30. */
const HALVINGS_LIMIT = 31

/**
 * What is left at `ageMs`, in parts of 2^30. Below 0 is a clock a little behind the observer's, and
 * counts as new: the caller has refused what is further ahead.
 *
 * @throws {RangeError} when `ageMs` is not a safe integer.
 */
export function freshness(ageMs: number): number {
  if (!Number.isSafeInteger(ageMs)) throw new RangeError(`an age is whole milliseconds: ${ageMs}`)
  const days = Math.floor(Math.max(0, ageMs) / DAY_MS)
  const halvings = Math.floor(days / HALF_LIFE_DAYS)
  if (halvings >= HALVINGS_LIMIT) return 0
  return Math.floor((FRESHNESS[days % HALF_LIFE_DAYS] ?? 0) / 2 ** halvings)
}
