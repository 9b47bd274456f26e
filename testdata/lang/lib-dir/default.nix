"default of a directory"
