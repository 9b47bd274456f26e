throw "my words"
