// A page whose title has all words of the search comes first, pages of the API reference
// after the others. Sphinx by itself divides the score of a title by its length.
Scorer.score = ([page, title, anchor, description, score]) => {
  const query = new URLSearchParams(location.search).get("q") || "";
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const inTitle = !anchor && words.every(word => title.toLowerCase().includes(word));
  return score + (inTitle ? (page.startsWith("api/") ? 50 : 100) : 0);
};
