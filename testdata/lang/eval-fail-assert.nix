let ok = false; in assert ok; 3
