"${./missing.drv}"
