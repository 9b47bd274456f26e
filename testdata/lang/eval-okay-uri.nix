[ https://example.org/x?y=1 x:y ]
