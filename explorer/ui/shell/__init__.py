"""The page around its contents: skeleton, style, icon, notices."""
