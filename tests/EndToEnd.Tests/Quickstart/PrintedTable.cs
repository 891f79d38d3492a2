using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmTelemetry.EndToEnd.Tests.Quickstart;

/// <summary>A table as it was printed: cells by their column's heading.</summary>
internal sealed partial class PrintedTable
{
    private PrintedTable(IReadOnlyList<IReadOnlyDictionary<string, string>> rows) => Rows = rows;

    /// <summary>The rows, the last of which is the total.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Rows { get; }

    /// <summary>Finds the table below a title.</summary>
    public static PrintedTable Below(string title, string output)
    {
        var lines = output.Split('\n').SkipWhile(line => line.Trim() != title).Skip(1).TakeWhile(line => line.Trim().Length > 0).ToList();
        Assert.True(lines.Count > 2, $"No table below '{title}' in:\n{output}");

        // Columns are where the rule below the headings has its dashes.
        var columns = Dashes().Matches(lines[1]).Select(match => (match.Index, match.Length)).ToList();
        string Cell(string line, (int Index, int Length) column) =>
            column.Index >= line.Length ? "" : line.Substring(column.Index, Math.Min(column.Length, line.Length - column.Index)).Trim();
        return new([
            .. lines.Skip(2).Where(line => !line.StartsWith('-') && !line.EndsWith('.'))
                .Select(line => columns.ToDictionary(column => Cell(lines[0], column), column => Cell(line, column)))]);
    }

    public static long Count(string cell) => long.Parse(cell, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    /// <summary>Null: the cost is not known.</summary>
    public static decimal? Money(string cell) =>
        cell == "unknown" ? null : decimal.Parse(cell, NumberStyles.AllowThousands | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    [GeneratedRegex("-+")]
    private static partial Regex Dashes();
}
