namespace LlmTelemetry.Service;

/// <summary>One page of a list.</summary>
/// <param name="Items">What is on it.</param>
/// <param name="Page">Its number, from 1.</param>
/// <param name="PageSize">How many a page has at most.</param>
/// <param name="HasMore">Whether there is another one.</param>
internal sealed record Paged<T>(IReadOnlyList<T> Items, int Page, int PageSize, bool HasMore);

/// <summary>Cuts pages out of lists.</summary>
internal static class Paging
{
    /// <summary>How many a page has at most.</summary>
    public const int MostOfPage = 1_000;

    /// <summary>How far pages reach.</summary>
    public const int Most = 10_000;

    private const int DefaultSize = 50;

    /// <summary>What is asked for, checked.</summary>
    /// <exception cref="ApiProblem">It is no page.</exception>
    public static (int Page, int Size) Of(int? page, int? size)
    {
        var (number, count) = (page ?? 1, size ?? DefaultSize);
        return number < 1 ? throw ApiFields.Bad($"page is {number}; it must be at least 1.")
            : count is < 1 or > MostOfPage ? throw ApiFields.Bad($"page_size is {count}; it must be from 1 to {MostOfPage}.")
            : (long)number * count > Most ? throw ApiFields.Bad($"Pages reach as far as {Most} items: ask for less by a filter.")
            : (number, count);
    }

    /// <summary>The page of a list that goes further than it.</summary>
    public static Paged<T> Cut<T>(IEnumerable<T> items, (int Page, int Size) asked)
    {
        var some = items.Skip((asked.Page - 1) * asked.Size).Take(asked.Size + 1).ToArray();
        return new Paged<T>(some.Length > asked.Size ? some[..asked.Size] : some, asked.Page, asked.Size, some.Length > asked.Size);
    }
}
