using System.Globalization;

namespace LlmTelemetry.StoreConformance;

/// <summary>Writes rows as texts that can be compared: what a reader needs apart, and every measure that is not 0.</summary>
internal static class Line
{
    /// <summary>The rows of a reading, added up by what it needs apart.</summary>
    public static IReadOnlyList<string> Of(SpendRead read, IEnumerable<SpendAggregate> rows, TimeZoneInfo zone)
    {
        var sums = new SortedDictionary<string, SpendMeasures>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var name = Name(read, in row, zone);
            if (!sums.TryGetValue(name, out var sum))
            {
                sums.Add(name, sum = new SpendMeasures());
            }

            sum.Add(row.Measures);
        }

        return [.. sums.Select(sum => (sum.Key, Measures: Of(sum.Value))).Where(sum => sum.Measures.Length > 0).Select(sum => $"[{sum.Key}: {sum.Measures}]")];
    }

    /// <summary>The measures that are not 0.</summary>
    public static string Of(SpendMeasures measures)
    {
        var texts = new List<string>();
        for (var i = 0; i < measures.Count; i++)
        {
            var (measure, value) = measures.At(i);
            if (value != 0)
            {
                texts.Add(string.Create(CultureInfo.InvariantCulture, $"{measure}={value}"));
            }
        }

        return string.Join(' ', texts);
    }

    // Not by the library's own way of merging keys: a mistake there must be seen.
    private static string Name(SpendRead read, in SpendAggregate row, TimeZoneInfo zone)
    {
        var key = row.Key;
        var parts = new List<string> { row.Period.ToString("yyyy-MM-dd'T'HH:mmzzz", CultureInfo.InvariantCulture) };
        if (read.Grain == SpendGrain.Hour)
        {
            var day = row.Day ?? DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(row.Period, zone).DateTime);
            parts.Add("of " + day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        }

        foreach (var dimension in read.By.Order())
        {
            Add(dimension.ToString(), key.ValueOf(dimension));
        }

        foreach (var tag in read.Tags.Order(StringComparer.Ordinal))
        {
            Add("tag " + tag, key.More?.Tag(tag));
        }

        Add("metric", key.More?.Parts.Metric);
        return string.Join(' ', parts);

        // With its length, so that no two values make one text.
        void Add(string name, string? value)
        {
            if (value is not null)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{name}({value.Length})={value}"));
            }
        }
    }
}
