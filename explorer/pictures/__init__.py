"""Explanation -> pictures: colours, heat maps, frames. Nothing here knows Streamlit."""
