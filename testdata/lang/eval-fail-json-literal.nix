builtins.fromJSON "[ nule ]"
