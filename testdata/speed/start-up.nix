# What a process costs before it evaluates anything.
1 + 1
