namespace LlmTelemetry.Benchmarks;

/// <summary>Rows under a header, printed so that they can be pasted into a results file.</summary>
internal sealed class MarkdownTable(params string[] header)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Print(string title)
    {
        Console.WriteLine($"\n{title}\n");
        Print(header);
        Print([.. header.Select((_, column) => (column == 0 ? ":" : "") + new string('-', Width(column) - 1) + (column == 0 ? "" : ":"))]);
        _rows.ForEach(Print);
    }

    private void Print(string[] cells) =>
        Console.WriteLine("| " + string.Join(" | ", cells.Select((cell, column) => column == 0 ? cell.PadRight(Width(column)) : cell.PadLeft(Width(column)))) + " |");

    private int Width(int column) => _rows.Select(row => row[column].Length).Append(header[column].Length).Max();
}
