using System.Collections.Concurrent;

namespace LlmTelemetry.Budgets;

/// <summary>Names the first subjects of each limit and folds the others, so that what metrics can cost has a bound. Thread-safe.</summary>
/// <param name="max">How many of each limit.</param>
internal sealed class BoundedSubjects(Func<int> max)
{
    private readonly ConcurrentDictionary<string, Named> _limits = new(StringComparer.Ordinal);

    public string Fold(in CounterKey counter) =>
        counter.Subject.Length == 0 || _limits.GetOrAdd(counter.Limit, static _ => new Named()).Has(counter.Subject, max()) ? counter.Subject : Vocabulary.Placeholders.Other;

    private sealed class Named
    {
        private readonly ConcurrentDictionary<string, bool> _subjects = new(StringComparer.Ordinal);
        private int _count;

        public bool Has(string subject, int max)
        {
            if (_subjects.ContainsKey(subject))
            {
                return true;
            }

            // Counted before it is kept, so that racing threads cannot pass the bound together.
            if (Volatile.Read(ref _count) >= max || Interlocked.Increment(ref _count) > max)
            {
                return false;
            }

            if (!_subjects.TryAdd(subject, true))
            {
                Interlocked.Decrement(ref _count);
            }

            return true;
        }
    }
}
