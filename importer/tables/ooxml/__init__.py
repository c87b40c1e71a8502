"""The file format of .xlsx: a zip archive of XML parts, read within limits and edited in place, never rebuilt."""
