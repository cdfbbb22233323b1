"""The benchmarks: `make bench`. Every bar is a ratio within one run, or stands beside what others need for the same."""
