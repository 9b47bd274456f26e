# error: 3:1-10 a module must be an attribute set or a function, not a list
# A file that is no module.
[ "web" ]
