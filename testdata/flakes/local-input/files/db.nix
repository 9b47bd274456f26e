{ containers.db.config.services.postgresql.enable = true; }
