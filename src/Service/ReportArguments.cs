using System.CommandLine.Parsing;
using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Reads the arguments of <c>report</c>; what is wrong with one says what would be right.</summary>
internal static class ReportArguments
{
    /// <summary>The word for a dimension, on the command line and in headings.</summary>
    public static string Word(SpendDimension dimension) => dimension.ToString().ToLowerInvariant();

    public static DateOnly? Day(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return day;
        }

        result.AddError($"'{text}' is not a day: write it as 2026-11-01.");
        return null;
    }

    public static SpendDimension[] Dimensions(ArgumentResult result)
    {
        List<SpendDimension> dimensions = [];
        foreach (var word in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (Dimension(word, result) is { } dimension)
            {
                dimensions.Add(dimension);
            }
        }

        return [.. dimensions];
    }

    public static Dictionary<SpendDimension, string?> Filters(ArgumentResult result)
    {
        var filters = new Dictionary<SpendDimension, string?>();
        foreach (var token in result.Tokens)
        {
            var at = token.Value.IndexOf('=', StringComparison.Ordinal);
            if (at < 0)
            {
                result.AddError($"'{token.Value}' is not a filter: write it as user=ada.");
            }
            else if (Dimension(token.Value[..at], result) is { } dimension && !filters.TryAdd(dimension, at + 1 == token.Value.Length ? null : token.Value[(at + 1)..]))
            {
                result.AddError($"There are two filters for {token.Value[..at]}.");
            }
        }

        if (filters.ContainsKey(SpendDimension.Day))
        {
            result.AddError("Days are chosen with --from and --to.");
        }

        return filters;
    }

    public static TimeZoneInfo? Zone(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone))
        {
            return zone;
        }

        result.AddError($"'{text}' is not a time zone: write it as UTC or Europe/Berlin.");
        return null;
    }

    private static SpendDimension? Dimension(string word, ArgumentResult result)
    {
        foreach (var dimension in Enum.GetValues<SpendDimension>())
        {
            if (string.Equals(Word(dimension), word, StringComparison.OrdinalIgnoreCase))
            {
                return dimension;
            }
        }

        result.AddError($"'{word}' is not a dimension: use {string.Join(", ", Enum.GetValues<SpendDimension>().Select(Word))}.");
        return null;
    }
}
