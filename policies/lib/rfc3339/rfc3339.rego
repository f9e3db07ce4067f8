# Times of RFC 3339, in the arithmetic that every engine has: WebAssembly has no built-ins for time.
package lib.rfc3339

import data.lib.values

month_days := [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

# Days of a year of 365 before the first of each month.
days_before := [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

# Whole seconds since 1970 began, of a text such as `2026-11-29T22:36:00Z` or `2026-11-29T23:36:00.5+01:00`.
# Undefined for other values.
seconds(text) := ((days * 86400) + clock) - offset if {
	is_string(text)
	[date, clock_and_zone] := split(upper(text), "T")
	days := day_number(date)
	{"clock": at, "offset": offset} := zoned(clock_and_zone)
	clock := clock_seconds(at)
}

zoned(text) := {"clock": trim_suffix(text, "Z"), "offset": 0} if endswith(text, "Z")

zoned(text) := {"clock": substring(text, 0, start), "offset": sign * ((hours * 3600) + (minutes * 60))} if {
	start := count(text) - 6
	sign := {"+": 1, "-": -1}[substring(text, start, 1)]
	[hour, minute] := split(substring(text, start + 1, -1), ":")
	hours := number(hour, 2, 0, 23)
	minutes := number(minute, 2, 0, 59)
}

clock_seconds(clock) := ((hours * 3600) + (minutes * 60)) + whole_seconds(second) if {
	[hour, minute, second] := split(clock, ":")
	hours := number(hour, 2, 0, 23)
	minutes := number(minute, 2, 0, 59)
}

whole_seconds(text) := number(text, 2, 0, 60) if not contains(text, ".")

whole_seconds(text) := number(whole, 2, 0, 60) if {
	[whole, fraction] := split(text, ".")
	values.is_digits(fraction)
}

# Days since 1970 began.
day_number(date) := (((year - 1970) * 365) + leap_days(year, month)) + ((days_before[month - 1] + day) - 1) if {
	[year_text, month_text, day_text] := split(date, "-")
	year := number(year_text, 4, 1970, 9999)
	month := number(month_text, 2, 1, 12)
	day := number(day_text, 2, 1, month_days[month - 1] + leap_day(year, month))
}

leap_day(year, month) := 1 if {
	month == 2
	is_leap(year)
} else := 0

is_leap(year) if {
	year % 4 == 0
	year % 100 != 0
}

is_leap(year) if year % 400 == 0

# Leap days from 1970 to the month's first.
leap_days(year, month) := leaps_until(year) - leaps_until(1970) if month > 2

leap_days(year, month) := leaps_until(year - 1) - leaps_until(1970) if month <= 2

leaps_until(year) := (floor(year / 4) - floor(year / 100)) + floor(year / 400)

# The number of so many digits between two bounds. Undefined for other texts.
number(text, length, lowest, highest) := value if {
	count(text) == length
	values.is_digits(text)
	value := to_number(without_zeros(text))
	values.is_between(value, lowest, highest)
}

# A number of JSON has no zeros before it.
without_zeros(text) := short if {
	short := trim_left(text, "0")
	short != ""
} else := "0"
