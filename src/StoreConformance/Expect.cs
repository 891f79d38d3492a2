namespace LlmTelemetry.StoreConformance;

/// <summary>Compares, and says what was expected and found.</summary>
internal static class Expect
{
    private const int MostLines = 5;
    private const int LongestLine = 300;

    public static void Equal<T>(string what, T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
        {
            throw new StoreCaseException($"{what}: expected {Text(expected)}, found {Text(found)}.");
        }
    }

    public static void Holds(string what, bool condition, object? found)
    {
        if (!condition)
        {
            throw new StoreCaseException($"expected {what}, found {Text(found)}.");
        }
    }

    public static void Same(string what, IReadOnlyCollection<string> expected, IReadOnlyCollection<string> found)
    {
        string[] missing = [.. expected.Except(found)];
        string[] surplus = [.. found.Except(expected)];
        if (missing.Length + surplus.Length > 0)
        {
            throw new StoreCaseException($"{what}: expected {Lines(missing)}; found {Lines(surplus)} ({expected.Count - missing.Length} rows agree).");
        }
    }

    /// <summary>What the call throws.</summary>
    public static async Task<T> ThrowsAsync<T>(string what, Func<Task> call)
        where T : Exception
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (T cause)
        {
            return cause;
        }

        throw new StoreCaseException($"{what}: expected {typeof(T).Name}, found that nothing was thrown.");
    }

    private static string Lines(string[] lines) => lines.Length switch
    {
        0 => "nothing else",
        > MostLines => $"{string.Join(", ", lines.Take(MostLines).Select(Cut))} and {lines.Length - MostLines} more",
        _ => string.Join(", ", lines.Select(Cut)),
    };

    private static string Text(object? value) => value is null ? "null" : Cut(value.ToString() ?? "");

    private static string Cut(string text) => text.Length <= LongestLine ? text : text[..LongestLine] + "...";
}
