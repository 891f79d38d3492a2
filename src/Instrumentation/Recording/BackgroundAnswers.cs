using System.Diagnostics.CodeAnalysis;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Answers that providers still work at, after the call that asked for them was answered without usage: whoever fetches one first books what it used.
/// Bounded; the oldest is forgotten first. Thread-safe.
/// </summary>
internal sealed class BackgroundAnswers
{
    private const int Most = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string? Provider, string Id), LinkedListNode<BackgroundAnswer>> _byId = [];
    private readonly LinkedList<BackgroundAnswer> _byAge = new();
    private volatile bool _isEmpty = true;

    /// <summary>Whether there is nothing to fetch: the usual case, asked without a lock.</summary>
    public bool IsEmpty => _isEmpty;

    public void Add(BackgroundAnswer answer)
    {
        lock (_gate)
        {
            Remove((answer.Provider, answer.Id));
            if (_byAge is { Count: >= Most, First.Value: var oldest })
            {
                Remove((oldest.Provider, oldest.Id));
            }

            _byId[(answer.Provider, answer.Id)] = _byAge.AddLast(answer);
            _isEmpty = false;
        }
    }

    /// <summary>Takes an answer out: only one caller gets it.</summary>
    public bool TryTake(string? provider, string? id, [NotNullWhen(true)] out BackgroundAnswer? answer)
    {
        answer = null;
        if (id is null || IsEmpty)
        {
            return false;
        }

        lock (_gate)
        {
            answer = Remove((provider, id));
            return answer is not null;
        }
    }

    private BackgroundAnswer? Remove((string? Provider, string Id) key)
    {
        if (!_byId.Remove(key, out var node))
        {
            return null;
        }

        _byAge.Remove(node);
        _isEmpty = _byAge.Count == 0;
        return node.Value;
    }
}

/// <summary>An answer that is still to come.</summary>
/// <param name="Provider">Whose answer it is.</param>
/// <param name="Id">The provider's id of it.</param>
/// <param name="Call">The call that asked for it: whom it is attributed to, and the model.</param>
/// <param name="StartedAt">When: the price of that time counts.</param>
internal sealed record BackgroundAnswer(string? Provider, string Id, StartedCall Call, DateTimeOffset StartedAt);
