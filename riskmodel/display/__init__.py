"""Display: words, pictures and small tables from frames and numbers; an instrument that knows no enterprise."""
