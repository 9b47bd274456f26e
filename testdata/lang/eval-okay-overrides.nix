let base = rec { x = 1; y = x + 1; __overrides = { x = 10; z = 5; }; }; in [ base.x base.y base.z ]
