namespace LlmTelemetry.CostExporter;

/// <summary>Copies of the tags of calls: they may be the caller's own, and change with the next call. Most calls say the same as the one before. Not thread-safe.</summary>
internal sealed class KeptTags
{
    private Dictionary<string, string>? _last;

    public IReadOnlyDictionary<string, string> Copy(IReadOnlyDictionary<string, string> tags)
    {
        if (_last is null || !IsSame(_last, tags))
        {
            _last = new Dictionary<string, string>(tags, StringComparer.Ordinal);
        }

        return _last;
    }

    private static bool IsSame(Dictionary<string, string> left, IReadOnlyDictionary<string, string> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        foreach (var (name, value) in left)
        {
            if (!right.TryGetValue(name, out var said) || said != value)
            {
                return false;
            }
        }

        return true;
    }
}
