using System.Globalization;
using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>Columns of plain text, aligned: words to the left, numbers to the right.</summary>
/// <param name="wordColumns">How many columns are words: the first ones.</param>
/// <param name="totals">How many lines at the end are totals.</param>
internal sealed class TextTable(int wordColumns, int totals = 1)
{
    private const string Gap = "  ";
    private readonly List<string[]> _lines = [];

    public void Add(IEnumerable<string> cells) => _lines.Add([.. cells.Select(Printable)]);

    /// <summary>The first line is the heading; the totals stand below a rule of their own.</summary>
    public string Render()
    {
        var widths = Enumerable.Range(0, _lines[0].Length).Select(column => _lines.Max(line => Width(line[column]))).ToArray();
        var rule = string.Join(Gap, widths.Select(width => new string('-', width)));
        var text = new StringBuilder();
        for (var i = 0; i < _lines.Count; i++)
        {
            if (i == 1 || i == _lines.Count - totals)
            {
                text.Append(rule).Append('\n');
            }

            text.Append(string.Join(Gap, _lines[i].Select((cell, column) => Pad(cell, widths[column], column < wordColumns))).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    private static string Pad(string cell, int width, bool left)
    {
        var space = new string(' ', width - Width(cell));
        return left ? cell + space : space + cell;
    }

    private static int Width(string cell) => new StringInfo(cell).LengthInTextElements;

    // A user's id must neither break the table nor speak to the terminal.
    private static string Printable(string cell) => string.Concat(cell.Select(c =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? '?' : c));
}
