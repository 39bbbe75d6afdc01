"""Everything that knows Streamlit: controls, state and address, caching, components, pages."""
