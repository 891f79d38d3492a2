using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>
/// Users in rotation. Each has two strings that are equal and not the same: the first round of calls gives the one that tables keep, later
/// rounds the other one, as a web application that reads the user from each request does.
/// </summary>
internal sealed class Callers(int count)
{
    private readonly string[] _kept = Names(count);
    private readonly string[] _given = Names(count);
    private int _next = -1;

    public int Count => count;

    public Attribution Next()
    {
        _next++;
        if (_next >= 2 * count)
        {
            _next = count;
        }

        return new Attribution(User: _next < count ? _kept[_next] : _given[_next - count], Feature: "search");
    }

    private static string[] Names(int count) =>
        [.. Enumerable.Range(0, count).Select(n => string.Create(CultureInfo.InvariantCulture, $"user-{n:D6}@example.org"))];
}
