"""Classification of variants by the ACMG/AMP criteria: evidence per criterion, points, conflicts, edits."""
